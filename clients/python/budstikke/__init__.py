"""Budstikke's APIs: `Notify` sends SMS and e-mail, `Exchange` sends and receives messages."""

from .exchange import Exchange
from .http import Answer, Api, File, Problem
from .notify import Notify

__all__ = ["Answer", "Api", "Exchange", "File", "Notify", "Problem"]
