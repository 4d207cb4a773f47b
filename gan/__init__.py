"""The progressive generator and critic; torch, numpy, scipy and safetensors only."""
