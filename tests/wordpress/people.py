"""Users of a network, written past WordPress, which would take seconds."""

from bbws_local.realwordpress import RealWordPress
from bbws_shared.wordpress import WordPressSite

_DATABASE = "wp_tenant_a"


def add(
    real: RealWordPress, name: str, count: int, *sites: WordPressSite, role: str = "author"
) -> None:
    """Make users `{name}1`, `{name}2`, …, who are members of some sites in a role."""
    caps = f'a:1:{{s:{len(role)}:"{role}";b:1;}}'
    metas = "".join(
        f"INSERT INTO wp_usermeta (user_id, meta_key, meta_value)"
        f" SELECT ID, 'wp_{site.id}_capabilities', '{caps}' FROM wp_users"
        f" WHERE user_login REGEXP '^{name}[0-9]+$';"
        for site in sites
    )
    real.database.execute(f"""
        USE {_DATABASE};
        INSERT INTO wp_users (user_login, user_nicename, user_email, user_registered)
        SELECT CONCAT('{name}', seq), CONCAT('{name}', seq), CONCAT('{name}', seq, '@x.example'), NOW()
        FROM seq_1_to_{count};
        {metas}
        INSERT INTO wp_usermeta (user_id, meta_key, meta_value)
        SELECT ID, 'nickname', user_login FROM wp_users WHERE user_login REGEXP '^{name}[0-9]+$';
        """)


def traces(real: RealWordPress, name: str) -> list[str]:
    """What the network still has of users with a name."""
    answer = real.database.execute(f"""
        USE {_DATABASE};
        SELECT user_login FROM wp_users WHERE user_login REGEXP '^{name}[0-9]+$' UNION ALL
        SELECT meta_value FROM wp_usermeta WHERE meta_value REGEXP '^{name}[0-9]+$';
        """)
    return answer.split()


def roles(real: RealWordPress, site: WordPressSite) -> dict[str, str]:
    """The members of a site with their capabilities, as the database has them."""
    answer = real.database.execute(f"""
        USE {_DATABASE};
        SELECT user_login, meta_value FROM wp_usermeta JOIN wp_users ON ID = user_id
        WHERE meta_key = 'wp_{site.id}_capabilities';
        """)
    return dict(line.split("\t") for line in answer.splitlines())
