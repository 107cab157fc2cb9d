"""Core's `/wp/v2/plugins` at the site's own host, with the must-use plugin's rules in front.

Codes and statuses are those of core's `WP_REST_Plugins_Controller`. The rules are that only a
vetted package is installed, that it takes the place of the version that it is said to replace
(`clear_destination` of `upgrader_package_options`), and that files which another site runs stay.
"""

from functools import partial

from werkzeug.wrappers import Response

from . import errors, transfers
from .params import Arg
from .plugins import Plugin, read_package
from .rest import Call, Route, answer

_STATUSES = ("inactive", "active", "network-active")
_NEW_PLUGIN = {
    "slug": Arg(required=True, pattern=r"[\w\-]+"),
    "status": Arg(enum=_STATUSES, default="inactive"),
}


def list_plugins(call: Call) -> Response:
    """The network's plugins as this site sees them."""
    search, wanted = call.args.get("search", ""), call.args.get("status")
    with call.network.lock:
        plugins = [
            _answer(call, plugin)
            for plugin in sorted(call.network.plugins.values(), key=lambda one: one.name)
            if wanted in (None, _status(call, plugin.file))
            and any(search in text for text in (plugin.name, plugin.file, plugin.author))
        ]
    return answer(plugins)


def get_plugin(call: Call) -> Response:
    """One plugin as this site sees it."""
    with call.network.lock:
        return answer(_answer(call, _installed(call)))


def install_plugin(call: Call) -> Response:
    """Put the vetted package's files on the network, and activate it where that is asked for."""
    slug, network = call.args["slug"], call.network
    with network.lock:
        package = network.packages.get(slug)
    if package is None:
        raise errors.RestError(
            403, "bbws_plugin_not_vetted", "No vetted package is known for this plugin."
        )
    plugin = read_package(transfers.download(package.url, package.sha256, "package"))
    with network.lock:
        present = next((one for one in network.plugins.values() if one.slug == plugin.slug), None)
        if present is not None:
            if present.version != package.replaces:
                folder = f"/var/www/html/wp-content/plugins/{plugin.slug}/"
                raise errors.RestError(
                    500, "folder_exists", "Destination folder already exists.", additional=[folder]
                )
            del network.plugins[present.file]
        network.plugins[plugin.file] = plugin
        effect = "plugin_installed" if present is None else "plugin_replaced"
        network.change(effect, call.correlation_id, plugin=plugin.file, version=plugin.version)
        _set_status(call, plugin, call.args["status"])
        location = f"{call.site.url}/wp-json/wp/v2/plugins/{plugin.file}"
        return answer(_answer(call, plugin), 201, {"Location": location})


def set_plugin_status(call: Call) -> Response:
    """Activate or deactivate a plugin on this site, or on the network."""
    with call.network.lock:
        plugin = _installed(call)
        if status := call.args.get("status"):
            _set_status(call, plugin, status)
        return answer(_answer(call, plugin))


def delete_plugin(call: Call) -> Response:
    """Remove a plugin's files from the network.

    Core looks at this site alone, so the must-use plugin looks at the others.
    """
    with call.network.lock:
        plugin = _installed(call)
        if _status(call, plugin.file) != "inactive":
            raise errors.RestError(
                400,
                "rest_cannot_delete_active_plugin",
                "Cannot delete an active plugin. Please deactivate it first.",
            )
        if any(plugin.file in site.active_plugins for site in call.network.sites.values()):
            raise errors.RestError(
                409, "bbws_plugin_active_elsewhere", "The plugin is active on another site."
            )
        previous = _answer(call, plugin)
        del call.network.plugins[plugin.file]
        call.network.change("plugin_deleted", call.correlation_id, plugin=plugin.file)
        return answer({"deleted": True, "previous": previous})


def _installed(call: Call) -> Plugin:
    try:
        return call.network.plugins[call.path_args["plugin"]]
    except KeyError:
        raise errors.plugin_not_found() from None


def _status(call: Call, file: str) -> str:
    if file in call.network.network_active:
        return "network-active"
    return "active" if file in call.site.active_plugins else "inactive"


def _set_status(call: Call, plugin: Plugin, wanted: str) -> None:
    current = _status(call, plugin.file)
    # Core takes "active" for done when the whole network has the plugin (`handle_plugin_status()`).
    if wanted in (current, current.removeprefix("network-")):
        return
    if wanted == "active" and plugin.network_only:
        raise errors.RestError(
            400, "rest_network_only_plugin", "Network only plugin must be network activated."
        )
    if wanted != "inactive" and plugin.is_broken:
        # What core's handler of fatal errors answers (`WP_Fatal_Error_Handler`).
        raise errors.RestError(
            500, "internal_server_error", "There has been a critical error on this website."
        )
    network = call.network
    if wanted == "network-active":
        network.network_active.add(plugin.file)
    elif wanted == "active":
        call.site.active_plugins.add(plugin.file)
    elif current == "network-active":
        network.network_active.discard(plugin.file)
    else:
        call.site.active_plugins.discard(plugin.file)
    effect = "plugin_deactivated" if wanted == "inactive" else "plugin_activated"
    network.change(effect, call.correlation_id, call.site, plugin=plugin.file, status=wanted)


def _answer(call: Call, plugin: Plugin) -> dict[str, object]:
    return plugin.answer(_status(call, plugin.file), call.site.url)


_MANAGE = "Sorry, you are not allowed to manage plugins for this site."
_PLUGINS = "/wp/v2/plugins"
_PLUGIN = rf"{_PLUGINS}/<regex('[^./]+(?:/[^./]+)?'):plugin>"

ROUTES = (
    Route(
        ("GET",),
        _PLUGINS,
        list_plugins,
        {"search": Arg(), "status": Arg(enum=_STATUSES)},
        partial(errors.forbidden, "rest_cannot_view_plugins", _MANAGE),
    ),
    Route(
        ("POST",),
        _PLUGINS,
        install_plugin,
        _NEW_PLUGIN,
        partial(
            errors.forbidden,
            "rest_cannot_install_plugin",
            "Sorry, you are not allowed to install plugins on this site.",
        ),
    ),
    Route(
        ("GET",),
        _PLUGIN,
        get_plugin,
        refusal=partial(errors.forbidden, "rest_cannot_view_plugin", _MANAGE),
    ),
    Route(
        ("POST", "PUT", "PATCH"),
        _PLUGIN,
        set_plugin_status,
        {"status": Arg(enum=_STATUSES)},
        partial(errors.forbidden, "rest_cannot_manage_plugins", _MANAGE),
    ),
    Route(
        ("DELETE",),
        _PLUGIN,
        delete_plugin,
        refusal=partial(errors.forbidden, "rest_cannot_manage_plugins", _MANAGE),
    ),
)
