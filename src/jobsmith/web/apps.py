"""The web pages as an installable app: template and static finders need one."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Jobsmith's pages."""

    name = "jobsmith.web"
    label = "jobsmith_web"
    verbose_name = "Jobsmith pages"
