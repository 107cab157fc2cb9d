"""templates-service: the Lambda function. Everything is made while Lambda initialises the process."""

import os

from bbws_shared import aws
from bbws_shared.config import Settings
from templates.app import build_app

handler = build_app(Settings.load(os.environ), aws.client)
