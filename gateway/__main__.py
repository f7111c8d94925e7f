"""`python -m gateway` is the `skuld` command."""

from gateway.cli import main

main()
