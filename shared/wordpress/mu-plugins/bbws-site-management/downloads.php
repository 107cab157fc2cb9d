<?php
/**
 * What is fetched from elsewhere, and held against the digest that the caller knows.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

defined( 'ABSPATH' ) || exit;

/**
 * Downloads to disk. Nothing of a file whose digest differs stays there.
 */
final class Downloads {

	private const SECONDS = 300;

	/**
	 * Fetches a file.
	 *
	 * @param string $url    Where it lies; may be a credential and is never shown.
	 * @param string $sha256 Its digest, hexadecimal.
	 * @param string $path   Where to put it.
	 * @param string $what   What it is, for the refusal: archive or package.
	 * @throws Refusal 502 when it cannot be had, 422 when it is another one.
	 */
	public static function fetch( string $url, string $sha256, string $path, string $what ): void {
		$answer = wp_remote_get(
			$url,
			array(
				'stream'   => true,
				'filename' => $path,
				'timeout'  => self::SECONDS,
			)
		);
		$status = is_wp_error( $answer ) ? null : (int) wp_remote_retrieve_response_code( $answer );
		if ( 200 !== $status ) {
			wp_delete_file( $path );
			throw new Refusal( 502, 'bbws_download_failed', "The $what could not be downloaded.", array( 'upstreamStatus' => $status ) );
		}
		$actual = hash_file( 'sha256', $path );
		if ( ! hash_equals( strtolower( $sha256 ), (string) $actual ) ) {
			wp_delete_file( $path );
			throw new Refusal(
				422,
				'bbws_checksum_mismatch',
				"The $what is not the one that was named: its SHA-256 differs.",
				array(
					'expected' => strtolower( $sha256 ),
					'actual'   => $actual,
				)
			);
		}
	}

	/**
	 * The arguments that name a package.
	 */
	public static function package_properties(): array {
		return array(
			'url'    => array(
				'type'     => 'string',
				'format'   => 'uri',
				'required' => true,
			),
			'sha256' => self::sha256(),
		);
	}

	/**
	 * The argument of a digest.
	 */
	public static function sha256(): array {
		return array(
			'type'     => 'string',
			'pattern'  => '^[a-fA-F0-9]{64}$',
			'required' => true,
		);
	}
}
