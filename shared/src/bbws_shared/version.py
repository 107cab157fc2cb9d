"""The one place of the product's version; every service, log line and health answer reads it from here."""

__version__ = "0.1.0"
