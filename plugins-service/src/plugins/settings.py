"""The environment variables of plugins-service."""

from bbws_shared.config import NotificationSettings, WordPressSettings


class Settings(WordPressSettings, NotificationSettings):
    """What the function needs: WordPress, and the topic that vulnerable plugins are told on."""
