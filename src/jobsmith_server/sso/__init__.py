"""Sign in at an OpenID Connect provider: django-allauth, without its pages and forms."""
