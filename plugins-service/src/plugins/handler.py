"""plugins-service: the Lambda function. Everything is made while Lambda initialises the process."""

import os

from bbws_shared import aws
from bbws_shared.config import WordPressSettings
from bbws_shared.timestamps import utc_now
from plugins.app import build_app

handler = build_app(WordPressSettings.load(os.environ), aws.client, utc_now)
