"""plugins-service: the Lambda function. Everything is made while Lambda initialises the process."""

import os

from bbws_shared import aws
from bbws_shared.timestamps import utc_now
from plugins.app import build_app
from plugins.settings import Settings

handler = build_app(Settings.load(os.environ), aws.client, utc_now)
