"""GitOps for SaaS settings: manifests in git, a three-way plan, the smallest PATCH calls."""

__version__ = "0.1.0"
