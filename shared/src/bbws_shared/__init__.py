"""What the four services of BBWS WordPress Site Management share. Never imports a service."""
