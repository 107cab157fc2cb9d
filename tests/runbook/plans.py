"""How each block of the runbooks is run, or why it cannot be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
OURS: Final = ROOT / "docs/runbook.md"
THEIRS: Final = ROOT.parent / "shared/runbook.md"
"""The users' runbook lies beside the checkout where there is one."""

REPOSITORY: Final = "/path/to/2_bbws_wordpress_site_management_lambda"


@dataclass(frozen=True)
class Run:
    """A block that is run as it is written.

    Attributes:
        says: What it must print, among other things.
        replaced: What stands for something that only the moment knows, by what it stands for here: the
            name of a fact (`facts` in conftest.py).
        within: The folder that a person would be in.
        account: Whose account it talks to: dev, sit or prod.
        variables: What a person would have exported before, beside ENV and AWS_REGION.
        before: Commands that bring about what the block is for.
        typed: What a person answers to its questions.
        ends: The exit statuses that are right.
        seconds: How long it may take.
        tests_itself: It tests the services and talks to no account; it installs into the Python that it
            finds, so it gets one of its own.
    """

    says: tuple[str, ...] = ()
    replaced: Mapping[str, str] = field(default_factory=dict)
    within: str = "."
    account: str = "dev"
    variables: Mapping[str, str] = field(default_factory=dict)
    before: str = ""
    typed: str = ""
    ends: tuple[int, ...] = (0,)
    seconds: int = 300
    tests_itself: bool = False


@dataclass(frozen=True)
class Cannot:
    """A block that cannot be run here."""

    reason: str


_ON_GITHUB: Final = "only comments: what to click on GitHub's pages"
_API: Final = {"API_URL": "api_url", "AUTH_TOKEN": "auth_token"}
_FUNCTIONS: Final = ("sites-service", "templates-service", "plugins-service", "async-processor")

SHARED: Final[Mapping[str, Run | Cannot]] = {
    "Verify Prerequisites": Run(
        says=("Terraform v1.", "Python 3.", '"Account": "536580886816"', '"TableName": "sites"')
    ),
    "Run Pre-deployment Checks": Run(
        says=tuple(f"=== Testing {service} ===" for service in _FUNCTIONS),
        replaced={REPOSITORY: "repository"},
        seconds=2400,
        tests_itself=True,
    ),
    "Verify Artifacts Build": Run(
        says=tuple(f"{service}/dist/lambda.zip" for service in _FUNCTIONS)
    ),
    "Method 1: Automated Deployment (Recommended)": Run(
        says=("main -> main",), before="echo 'A change.' >>CHANGELOG.md"
    ),
    "Method 2: Manual Terraform Deployment (DEV Only)": Run(
        says=("Terraform has been successfully initialized", "https://"),
        replaced={REPOSITORY: "repository"},
        seconds=420,
    ),
    "Post-DEV Deployment Verification": Run(
        says=(
            *(f"Lambda dev-bbws-{service}: OK" for service in _FUNCTIONS),
            "SQS Queues: OK",
            "DynamoDB Table: OK",
        )
    ),
    "API Endpoint Smoke Tests": Run(
        says=('"items"', '"templateId"', '"pluginId"'),
        replaced={
            "https://xxxxx.execute-api.af-south-1.amazonaws.com/dev": "api_url",
            "Bearer eyJ...": "auth_token",
        },
    ),
    "CloudWatch Log Verification": Run(says=("START RequestId", '"events"')),
    "Promotion via GitHub Actions": Cannot(_ON_GITHUB),
    "Manual SIT Deployment (Fallback)": Run(
        says=("Apply complete!",),
        replaced={REPOSITORY: "repository"},
        account="sit",
        before="./scripts/build_all.sh",
        seconds=420,
    ),
    "SIT Verification": Run(
        says=tuple(f"SIT Lambda sit-bbws-{service}: Active" for service in _FUNCTIONS),
        account="sit",
    ),
    "Promotion via GitHub Actions #2": Cannot(_ON_GITHUB),
    "PROD Verification": Run(
        says=tuple(f"PROD Lambda prod-bbws-{service}: Active" for service in _FUNCTIONS),
        account="prod",
    ),
    "Health Check Commands": Run(
        says=(
            *(f"dev-bbws-{service}: Active" for service in _FUNCTIONS),
            "bbws-wp-site-deletion-dev: 0 messages",
            "DLQ Messages: 0",
        )
    ),
    "Via GitHub (Recommended)": Run(
        says=("main -> main",),
        replaced={"<bad-commit-hash>": "last_commit"},
        before="git commit --quiet --allow-empty -m first && echo bad >bad.txt && git add bad.txt"
        " && git commit --quiet -m bad",
    ),
    "Via Terraform (Manual)": Run(
        says=("Terraform has been successfully initialized", "Apply complete!"),
        replaced={REPOSITORY: "repository", "<previous-tag>": "previous_tag"},
        typed="yes\n",
        seconds=420,
    ),
    "Lambda Version Rollback (Fastest)": Run(
        says=('"Name": "live"', '"FunctionVersion": "1"'),
        replaced={"<previous-version-number>": "previous_version"},
    ),
    "Issue: Terraform Lock Timeout": Run(
        says=("a-person@somewhere", "successfully unlocked"),
        replaced={"<LOCK_ID>": "lock_id"},
        within="terraform",
        before='aws dynamodb put-item --table-name terraform-state-lock-${ENV} --item "$LOCK"',
        variables={"LOCK": "lock"},
        typed="yes\n",
    ),
    "Appendix B: Quick Reference Commands": Run(
        says=('"Active"', '"StatusCode": 200', '"VisibilityTimeout": "900"', "https://")
    ),
}
"""The blocks of the users' runbook."""

OWN: Final[Mapping[str, Run | Cannot]] = {
    "Is this machine ready": Run(says=("Terraform v1.", "Python 3.", "aws-cli/2", "536580886816")),
    "Build the packages": Run(
        says=("sites-service/dist/lambda.zip", "lambda.zip"),
        before="echo '# A change.' >>sites-service/src/sites/__init__.py",
    ),
    "Look at what would change": Run(says=("Plan: 0 to add, 4 to change",), seconds=420),
    "Deploy and verify": Run(says=("Shifting", "DEV is deployed"), seconds=420),
    "The address of the API": Run(says=("https://",)),
    "Smoke test": Run(says=("passed",), variables=_API),
    "Health and errors of the environment before": Run(says=("dev-bbws-sites-service",)),
    "What serves now": Run(says=("dev-bbws-async-processor",)),
    "Fetch and verify a release": Cannot(
        "it needs a release on GitHub; tests/promotion verifies one"
    ),
    "See what a rollback would do, and do it": Run(says=("dev-bbws-sites-service",)),
    # The site of "A site that failed" is one of few that were created, and so its alarm fires.
    "One look at everything": Run(
        says=("FAIL   bbws-wp-site-creation-success-rate-dev", "Terraform's lock is free"),
        ends=(1,),
    ),
    "Alarms that fire, and errors in the logs": Run(says=('"events"',)),
    "The dead letter queue": Run(),
    "A site that failed": Run(
        variables={
            "BBWS_API": "api_url",
            "BBWS_TOKEN": "token",
            "BBWS_TENANT": "tenant",
            "SITE": "site",
        },
    ),
    "A function by hand": Run(says=('"StatusCode": 200',)),
    "A lock of Terraform that nobody holds any more": Run(),
}
"""The blocks of docs/runbook.md."""
