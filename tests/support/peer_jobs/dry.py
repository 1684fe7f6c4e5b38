"""A dry run is a matter of the job: it is told, and keeps to it."""

from nautobot.apps.jobs import DryRunVar, Job, StringVar, register_jobs

from jobsmith_server.inventory.models import Site


class AddsASite(Job):
    title = StringVar()
    dryrun = DryRunVar(description="Only look.")

    class Meta:
        name = "Add a site"
        dryrun_default = True
        has_sensitive_variables = False

    def run(self, title, dryrun):
        if dryrun:
            self.logger.info("Would add %s", title)
            return 0
        Site.objects.create(name=title)
        return Site.objects.count()


register_jobs(AddsASite)
