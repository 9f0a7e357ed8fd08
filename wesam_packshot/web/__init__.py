"""What servers of this machine share: who is answered, the address, and an orderly end."""
