"""The description of every layer that keronyx knows, one class a layer, in Keras's folders."""
