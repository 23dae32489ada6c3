"""The five stages. Each is a plain function over frames; none imports another, touches a disk or a clock."""
