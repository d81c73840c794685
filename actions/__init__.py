"""What the assistant does: one module a skill, over the packages in bot/."""
