"""async-processor: the Lambda function. Everything is made while Lambda initialises the process."""

import os

from bbws_shared import aws
from bbws_shared.config import ProcessorSettings
from bbws_shared.timestamps import utc_now
from processor.app import Processor

handler = Processor(ProcessorSettings.load(os.environ), aws.client, utc_now)
