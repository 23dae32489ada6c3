"""The auditor's desk: a local web server over the runs of an output folder, and the marks of reviewers."""
