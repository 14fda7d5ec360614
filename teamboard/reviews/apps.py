from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "teamboard.reviews"
    label = "reviews"
