"""What every test may rely on."""

import signal

# A gate that a shell starts in the background inherits a SIGINT that is ignored, and so would every command that these tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
