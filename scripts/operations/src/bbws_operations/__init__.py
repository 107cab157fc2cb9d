"""The stages of deployment, promotion and operation; each is a program in `scripts/`."""
