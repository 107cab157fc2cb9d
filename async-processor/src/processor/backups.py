"""Where backups are kept: WordPress writes them to S3 itself, by a presigned URL."""

from typing import Any, Final

_URL_SECONDS: Final = 3600


class BackupStorage:
    """The bucket of the backups."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def key(self, tenant_id: str, site_id: str, backup_id: str) -> str:
        """The object of a backup."""
        return f"{tenant_id}/{site_id}/{backup_id}.tar.gz"

    def download_url(self, key: str) -> str:
        """A URL from which the object can be fetched for an hour; made without a call to AWS."""
        url: str = self._s3.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=_URL_SECONDS
        )
        return url

    def upload_url(self, key: str) -> str:
        """A URL to which the object can be PUT for an hour; made without a call to AWS."""
        url: str = self._s3.generate_presigned_url(
            "put_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=_URL_SECONDS
        )
        return url
