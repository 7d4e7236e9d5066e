"""Test support of this repository; the plugin itself is found through its entry point once it is installed."""

pytest_plugins = ["pytester"]
