"""WhatsApp, Messenger and Instagram: three channels of one platform."""
