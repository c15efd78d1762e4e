"""What is written in C++, where a compiler was there when leadline was installed. Everything works without it."""
