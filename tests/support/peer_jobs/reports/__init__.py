"""A package of jobs; each module in it registers its own."""

name = "Reports"
