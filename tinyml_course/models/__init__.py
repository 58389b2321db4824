"""What is trained: Bonsai and the pieces of its training, and small Keras networks and the ways to shrink them.

=========================  ==========================================================================
``networks``               small Keras networks, and a large one to learn from
``training``               a seeded training that keeps the best epoch on validation data
``quantization_aware``     training with rounded weights and activations (layers: ``quantized_layers``)
``pruning``                the smallest weights become zero
``clustering``             weights share a few values
``keras_distillation``     a large network teaches a small one
``coding``                 bytes of integers in sparse, codebook, Huffman and DEFLATE codes
=========================  ==========================================================================
"""
