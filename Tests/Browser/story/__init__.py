"""The story of Reseal, told and checked: init, connect, serve, refresh, renew, rotate, and a crash in the middle."""
