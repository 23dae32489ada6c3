"""How the boilerplate stage decides: rules, features, the article's extent, and what the page says of itself."""
