"""Sole & Spine: is your back to blame for your foot pain?"""
