from django.apps import AppConfig
from django.conf import settings


class PlaygroundConfig(AppConfig):
    name = "playground"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        if settings.REDIS_URL:
            from playground.walks.shelf import SharedShelf
            from sim.read.scenario import keep_rules_on

            keep_rules_on(SharedShelf())
