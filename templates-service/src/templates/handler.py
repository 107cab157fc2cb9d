"""templates-service: the Lambda function. Everything is made while Lambda initialises the process."""

import os

from bbws_shared import aws
from bbws_shared.timestamps import utc_now
from templates.app import Settings, build_app

handler = build_app(Settings.load(os.environ), aws.client, utc_now)
