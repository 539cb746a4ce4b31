"""Distributions of torch and zuko as laws."""
