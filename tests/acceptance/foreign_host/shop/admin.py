"""The shop's admin; with Jobsmith, products have its buttons."""

import os

from django.contrib import admin

from .models import Product

if os.environ.get("WITH_JOBSMITH"):
    from jobsmith.admin import JobButtonsMixin

    class ProductAdmin(JobButtonsMixin, admin.ModelAdmin):  # the one line
        """Products."""

    admin.site.register(Product, ProductAdmin)
