"""What WordPress answers: the forms that `bbws_shared.wordpress` reads."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class SiteContent(_Answer):
    """How much somebody has written; what every new site begins with does not count."""

    posts: int
    pages: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that could be lost."""
        return self.posts == 0 and self.pages == 0


class WordPressSite(_Answer):
    """A site of a tenant's Multisite network; `id` is its blog id there.

    Attributes:
        theme: The stylesheet (folder) of its active theme.
    """

    id: int
    external_id: str
    domain: str
    url: str
    admin_url: str
    status: str
    wordpress_version: str
    php_version: str
    theme: str
    content: SiteContent


class Batch(_Answer):
    """How far a job of many calls has come.

    Attributes:
        cursor: Where the next call goes on; opaque.
        progress: Percent.
        bytes: Size of the archive, when the job wrote one and is done.
        sha256: Its digest.
    """

    done: bool
    cursor: str | None = None
    progress: int = 0
    bytes: int | None = None
    sha256: str | None = None


class WordPressHealth(_Answer):
    """What a container says of itself; each component is `ok` or says what is wrong."""

    database: str
    filesystem: str
    cron: str
    object_cache: str
    wordpress_version: str
    php_version: str


class WordPressPlugin(BaseModel):
    """A plugin as core's `wp/v2/plugins` shows it; `plugin` is its folder and main file."""

    model_config = ConfigDict(frozen=True)

    plugin: str
    status: str
    version: str

    @property
    def slug(self) -> str:
        """The folder's name, which is the slug on wordpress.org."""
        return self.plugin.split("/", 1)[0]
