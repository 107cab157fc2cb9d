<?php
/**
 * The file that holds a site.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.WP.AlternativeFunctions -- WP_Filesystem reads whole files into memory.

/**
 * Records, one after the other: four bytes of length (big-endian), then the record as compressed JSON.
 *
 * Each record is compressed by itself and its size does not depend on the time at hand. So equal content gives equal
 * bytes, and writing and reading go on at any record.
 */
final class Archive {

	public const FORMAT = 'bbws-site-archive/1';

	/** @var resource */
	private $file;

	/**
	 * Opens an archive.
	 *
	 * @param string $path   Its path.
	 * @param string $mode   As fopen() takes it.
	 * @param int    $offset Where to go on; when writing, what stands behind it goes.
	 */
	public function __construct( private string $path, string $mode, int $offset = 0 ) {
		$this->file = fopen( $path, $mode );
		if ( ! $this->file ) {
			throw new Refusal( 500, 'bbws_file_refused', 'The work folder cannot be used.' );
		}
		if ( 'r' !== $mode[0] || str_contains( $mode, '+' ) ) {
			ftruncate( $this->file, $offset );
		}
		fseek( $this->file, $offset );
	}

	/**
	 * Writes a record behind the others.
	 *
	 * @param array $kind What it is: its strings are UTF-8.
	 * @param array $rows Rows of a table, whose values may be any bytes.
	 * @param string $bytes Bytes of a file.
	 */
	public function write( array $kind, array $rows = array(), string $bytes = '' ): void {
		if ( $rows ) {
			$kind['rows'] = array_map( static fn( array $row ) => array_map( array( self::class, 'packed' ), $row ), $rows );
		}
		if ( '' !== $bytes ) {
			$kind['bytes'] = base64_encode( $bytes ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- JSON holds no bytes.
		}
		$record = gzcompress( (string) wp_json_encode( $kind, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE ), 6 );
		if ( strlen( $record ) + 4 !== fwrite( $this->file, pack( 'N', strlen( $record ) ) . $record ) ) {
			throw new Refusal( 500, 'bbws_file_refused', 'The work folder is full.' );
		}
	}

	/**
	 * The next record; null behind the last one.
	 *
	 * @throws Refusal 422 when the file is no archive.
	 */
	public function read(): ?array {
		$head = fread( $this->file, 4 );
		if ( '' === $head || false === $head ) {
			return null;
		}
		$length = strlen( $head ) === 4 ? unpack( 'N', $head )[1] : 0;
		$packed = $length > 0 && $length < 64 * MB_IN_BYTES ? stream_get_contents( $this->file, $length ) : '';
		$text   = strlen( $packed ) === $length && $length > 0 ? @gzuncompress( $packed ) : false; // phpcs:ignore WordPress.PHP.NoSilencedErrors -- the next line says it.
		$record = false !== $text ? json_decode( $text, true ) : null;
		if ( ! is_array( $record ) ) {
			throw self::invalid();
		}
		if ( isset( $record['rows'] ) ) {
			$record['rows'] = array_map( static fn( array $row ) => array_map( array( self::class, 'unpacked' ), $row ), $record['rows'] );
		}
		if ( isset( $record['bytes'] ) ) {
			$record['bytes'] = base64_decode( $record['bytes'] ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- JSON holds no bytes.
		}
		return $record;
	}

	/**
	 * Where the next record begins.
	 */
	public function offset(): int {
		return (int) ftell( $this->file );
	}

	/**
	 * Closes the file.
	 */
	public function close(): void {
		fclose( $this->file );
	}

	/**
	 * The refusal of a file that is no archive.
	 */
	public static function invalid(): Refusal {
		return new Refusal( 422, 'bbws_invalid_archive', 'The file is not a site archive.' );
	}

	/**
	 * A value as JSON can hold it.
	 *
	 * @param string|null $value The value.
	 * @return string|null|array
	 */
	private static function packed( ?string $value ) {
		if ( null === $value || mb_check_encoding( $value, 'UTF-8' ) ) {
			return $value;
		}
		return array( base64_encode( $value ) ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- JSON holds no bytes.
	}

	/**
	 * A value as it was.
	 *
	 * @param string|null|array $value What JSON held.
	 */
	private static function unpacked( $value ): ?string {
		return is_array( $value ) ? base64_decode( $value[0] ) : $value; // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions -- JSON holds no bytes.
	}
}
