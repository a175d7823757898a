"""Where people talk about changes: pull requests and issues on GitHub and GitLab, and webhooks."""
