"""Hosted threads of Tencent Hunyuan, MiniMax and Baidu AppBuilder, read and written from Python."""

__version__ = "0.1.0"
