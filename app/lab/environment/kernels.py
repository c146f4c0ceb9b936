"""How Jupyter starts the course's kernels."""

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager


class SafeKernelSpecs(KernelSpecManager):
    """Jupyter's own, with ``-P`` in the command of kernels that run a module.

    Otherwise Python looks for the module, and for what it needs to run a module, in the notebook's
    directory first: a file there such as ``types.py`` would keep the kernel from starting.
    """

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """As Jupyter's."""
        spec: KernelSpec = super().get_kernel_spec(kernel_name)
        if "ipykernel_launcher" in spec.argv and "-P" not in spec.argv:
            spec.argv.insert(spec.argv.index("-m"), "-P")
        return spec
