"""A shop that knew nothing of Jobsmith until four lines were added."""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopsite.settings")
execute_from_command_line(sys.argv)
