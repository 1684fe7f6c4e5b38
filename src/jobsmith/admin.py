"""Job buttons in Django's admin: ``class DeviceAdmin(JobButtonsMixin, ModelAdmin)``."""


class JobButtonsMixin:
    """The record's job buttons stand on its change page."""

    change_form_template = "jobsmith/buttons/change_form.html"
