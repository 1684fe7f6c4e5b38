"""The example app: sites and devices that the example jobs work on."""
