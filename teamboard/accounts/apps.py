from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "teamboard.accounts"
    label = "accounts"
