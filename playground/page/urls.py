"""The playground and what its buttons lead to."""

from __future__ import annotations

from django.urls import path

from playground.page import (
    captures,
    design,
    entrance,
    examples,
    manual,
    masking,
    mending,
    reference,
    views,
)

urlpatterns = [
    path("", views.playground, name="playground"),
    path("propose", views.propose, name="propose"),
    path("reference.json", reference.reference, name="reference"),
    path("matrix", views.matrix, name="matrix"),
    path("cell", views.cell, name="cell"),
    path("pcap", captures.pcap, name="pcap"),
    path("pick", captures.pick, name="pick"),
    path("read", entrance.read, name="read"),
    path("whatif", views.whatif, name="whatif"),
    path("mask", masking.mask, name="mask"),
    path("advise", mending.apply, name="advise"),
    path("help", manual.contents, name="help"),
    path("help/extensions", manual.extensions, name="help-extensions"),
    path("help/<slug:slug>", manual.chapter, name="help-chapter"),
    path("design", design.design, name="design"),
    path("examples/", examples.examples, name="examples"),
    path("examples/<slug:name>", examples.example, name="example"),
]
