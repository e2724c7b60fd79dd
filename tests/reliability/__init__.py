"""Long runs against an emulator that goes wrong: nothing doubled, nothing lost, every failure named."""
