"""Programs that run beside the application: py-spy, Locust, process managers, other frameworks."""
