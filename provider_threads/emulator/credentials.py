"""The example credentials that the emulator accepts; made up, and worth nothing anywhere else."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Credentials:
    """What a client must send to be let in.

    The temporary Tencent credentials are the second kind its documents describe: the same signature, plus a
    token in the header ``X-TC-Token``.
    """

    # ruff's S105 takes every string here for a password: they are examples.
    secret_id: str = "AKIDemulator0000000000000000000000EXAMPLE"  # noqa: S105
    secret_key: str = "emulatorSecretKey000000000EXAMPLE"  # noqa: S105
    temporary_secret_id: str = "AKIDemulatortmp00000000000000000EXAMPLE"  # noqa: S105
    temporary_secret_key: str = "emulatorTemporaryKey000000EXAMPLE"  # noqa: S105
    temporary_token: str = "emulator-temporary-token/+==EXAMPLE"  # noqa: S105
    minimax_api_key: str = "emulator-minimax-key-EXAMPLE"
    minimax_group_id: str = "1700000000000000001"
    appbuilder_token: str = "bce-v3/ALTAK-emulatorEXAMPLE/0000000000000000"  # noqa: S105

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables under which SDKs and this library look for these values."""
        return {
            "TENCENTCLOUD_SECRET_ID": self.secret_id,
            "TENCENTCLOUD_SECRET_KEY": self.secret_key,
            "MINIMAX_API_KEY": self.minimax_api_key,
            "MINIMAX_GROUP_ID": self.minimax_group_id,
            "APPBUILDER_TOKEN": self.appbuilder_token,
        }
