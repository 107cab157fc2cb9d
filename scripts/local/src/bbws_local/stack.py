"""The local stack: everything that `make run` and the end-to-end tests start, in one object."""

import contextlib
import json
import subprocess
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from bbws_local.account import wordpress_secret, wordpress_tenants
from bbws_local.authorizer import Issuer, JwtAuthorizer
from bbws_local.catalogue import seed_catalogue
from bbws_local.child import start_child, stop_child
from bbws_local.clients import AwsClients
from bbws_local.console import Console
from bbws_local.description import Description
from bbws_local.events import load_document
from bbws_local.functions import Runner
from bbws_local.gateway import Gateway, GatewayOptions
from bbws_local.host import LambdaHost
from bbws_local.http_api import read_api
from bbws_local.identity import tokens
from bbws_local.logs import LogShipper
from bbws_local.measurements import Measurements
from bbws_local.packages import ensure_packages
from bbws_local.poller import Pollers
from bbws_local.provision import DOCUMENT, provision
from bbws_local.readiness import wait_until_ready
from bbws_local.reading import live, read_account
from bbws_local.schedule import Schedule
from bbws_local.serving import free_port
from bbws_local.specification import StackOptions, specify


class FunctionBroken(Exception):
    """A function cannot be started from its package."""


class LocalStack:
    """A running system; `with LocalStack(options) as stack:` or `start` and `stop`.

    Attributes:
        api_url: The HTTP API with its stage.
        aws_endpoint_url: The emulated AWS API, also its control route `/_local/faults`.
        wordpress_url: The WordPress of all tenants, and its control routes.
        host_url: Where functions can be stopped and their processes seen.
        tokens: ID tokens by tenant (or `staff`), then by role.
    """

    def __init__(self, options: StackOptions, console: Console | None = None) -> None:
        self.options = options
        self._console = console or Console(enabled=options.log_to_console)
        self._stops = contextlib.ExitStack()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self.api_url = ""
        self.aws_endpoint_url = ""
        self.wordpress_url = ""
        self.host_url = ""
        self.tokens: Mapping[str, Mapping[str, str]] = {}

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Start everything, in about ten seconds when the packages are built.

        Raises:
            BuildFailed: a package cannot be built.
            NotReady: the emulator or WordPress does not come up.
            TerraformMissing, TerraformFailed: Terraform was to make the account and cannot.
            AccountUnusable: it made one that this stack cannot run with.
            OSError: a port is busy.
        """
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End everything that was started, in the reverse order."""
        self._stops.close()

    @property
    def is_complete(self) -> bool:
        """Whether the emulator and WordPress are alive."""
        return all(child.poll() is None for child in self._children.values())

    def _start(self) -> None:
        packages = self._step("packages", lambda: ensure_packages(self.options.root, self._say))
        self._measurements = Measurements()
        host = LambdaHost(self.options.control_port, self._measurements.observe)
        self._stops.callback(host.stop)
        self.host_url = host.url
        tenants = wordpress_tenants()
        secrets = {tenant.tenant_id: wordpress_secret(tenant) for tenant in tenants}
        self._step("emulated AWS and WordPress", lambda: self._start_children(host, secrets))
        self.clients = AwsClients(self.aws_endpoint_url)
        self.specification = specify(self.options, self.aws_endpoint_url, self.wordpress_url)
        document = self.options.root / DOCUMENT
        pool = self._step(
            "account",
            lambda: provision(
                self.options, self.clients, self.specification, packages, tenants, self._say
            ),
        )
        if self.options.provision == "terraform":
            self.specification = read_account(self.clients, self.specification)
        self._step("catalogue", self._seed)
        self._step("functions", lambda: self._start_functions(host))
        self._start_gateway(host, document)
        self._start_background(host)
        description = Description(self, lambda: tokens(self.clients.cognito, pool))
        self._stops.callback(description.withdraw)
        self.tokens = self._step("tokens", description.publish)

    def _step[Result](self, name: str, work: Callable[[], Result]) -> Result:
        began = time.monotonic()
        result = work()
        self._say(f"{name} ready after {time.monotonic() - began:.1f} s")
        return result

    def _say(self, text: str) -> None:
        if self.options.log_to_console:
            self._console.say(f"  {text}")

    def _start_children(self, host: LambdaHost, secrets: Mapping[str, Mapping[str, str]]) -> None:
        emulator_port = self.options.emulator_port or free_port()
        wordpress_port = self.options.wordpress_port or free_port()
        self.aws_endpoint_url = f"http://127.0.0.1:{emulator_port}"
        self.wordpress_url = f"http://127.0.0.1:{wordpress_port}"
        folder = self.options.state_directory
        folder.mkdir(parents=True, exist_ok=True)
        tenants = folder / "tenants.json"
        tenants.touch(mode=0o600)
        tenants.write_text(json.dumps(secrets))
        emulator = ["--port", str(emulator_port), "--lambda-host", host.url]
        if self.options.provision == "terraform":
            # Of the quick path's roles nobody has said what they may do.
            emulator.append("--enforce-roles")
        wordpress = ["--port", str(wordpress_port), "--tenants", str(tenants)]
        self._start_child("emulator", "bbws_local.emulator", emulator)
        if self.options.wordpress == "real":
            wordpress += ["--real", str(folder / "wordpress")]
        self._start_child("wordpress", "bbws_local.wordpress", wordpress)
        self._wait("emulator", f"{self.aws_endpoint_url}/_local/health")
        self._wait("wordpress", f"{self.wordpress_url}/_simulator/health")

    def _start_child(self, name: str, module: str, arguments: list[str]) -> None:
        child = start_child(module, arguments, self._log_of(name))
        self._children[name] = child
        self._stops.callback(stop_child, child)

    def _wait(self, name: str, url: str) -> None:
        wait_until_ready(self._children[name], url, self._log_of(name), self._say)

    def _log_of(self, name: str) -> Path:
        return self.options.state_directory / f"{name}.log"

    def _seed(self) -> None:
        table = self.specification.table_name
        seed_catalogue(self.clients.dynamodb, table, self.wordpress_url)

    def _start_functions(self, host: LambdaHost) -> None:
        shipper = LogShipper(self.clients, self._console).start()
        self._stops.callback(shipper.stop)
        self._measurements.start(self.clients.cloudwatch)
        self._stops.callback(self._measurements.stop)
        # What a function needs here and not on AWS, so that no account has it.
        here = {"AWS_ENDPOINT_URL": self.aws_endpoint_url, "POWERTOOLS_TRACE_DISABLED": "true"}
        runner = Runner(self.clients, self.options.root / ".local", here, shipper.write)
        host.start(runner.function(function) for function in self.specification.functions)
        # Before the emulator, which the processes call.
        self._stops.callback(host.stop)
        # The first request of each function does not wait for its cold start.
        names = [function.name for function in self.specification.functions]
        with ThreadPoolExecutor(len(names)) as warming:
            for name, outcome in zip(
                names, warming.map(lambda n: host.invoke(live(n), b"{}"), names), strict=True
            ):
                if outcome.function_error is not None:
                    raise FunctionBroken(f"{name} does not start: {outcome.payload.decode()}")

    def _start_gateway(self, host: LambdaHost, document: Path) -> None:
        specification = self.specification
        services = {function.name: function.service for function in specification.functions}
        api = read_api(
            self.clients.apigatewayv2, specification.api_name, specification.environment, services
        )
        pool_id = api.issuer.rpartition("/")[2]
        keys_url = f"{self.aws_endpoint_url}/{pool_id}/.well-known/jwks.json"
        options = GatewayOptions(
            specification.environment,
            api.routes,
            {service: live(function) for service, function in api.functions.items()},
            api.cors,
            api.throttle,
            document=load_document(document),
            api_id=api.api_id,
            observe=self._measurements.observe,
        )
        authorizer = JwtAuthorizer(Issuer(api.issuer, api.audience, keys_url))
        gateway = Gateway(self.options.gateway_port, options, authorizer, host)
        gateway.start()
        self._stops.callback(gateway.stop)
        self.api_url = gateway.url

    def _start_background(self, host: LambdaHost) -> None:
        pollers = Pollers(self.clients, host, self.specification, self._console)
        schedule = Schedule(host, self.specification.schedule)
        for part in (pollers, schedule):
            part.start()
            self._stops.callback(part.stop)
