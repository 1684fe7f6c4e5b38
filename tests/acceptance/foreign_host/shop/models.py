"""What the shop sells, and to whom."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Customer(AbstractUser):
    """Customers sign in."""

    loyalty = models.IntegerField(default=0)


class Product(models.Model):
    """Something to buy."""

    name = models.CharField(max_length=100)

    def __str__(self):
        return self.name
