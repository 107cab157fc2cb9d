<?php
/**
 * The route that backs a site up.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

use WP_REST_Request;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.WP.AlternativeFunctions -- WP_Filesystem reads whole files into memory, WP_Http whole bodies.

/**
 * Writes a site's archive and sends it to a pre-signed address.
 */
final class Backups {

	private const CHUNK = 1048576;
	/** What belongs to the moment and not to the site. */
	private const VOLATILE = "option_name NOT LIKE '\\\\_transient\\\\_%' AND option_name NOT LIKE '\\\\_site\\\\_transient\\\\_%' AND option_name NOT IN ('cron', 'doing_cron', 'rewrite_rules', 'recovery_keys')";

	/**
	 * Registers the route.
	 */
	public static function register_routes(): void {
		$args = Job::args( 'backupId' ) + array(
			'uploadUrl' => array(
				'type'     => 'string',
				'format'   => 'uri',
				'required' => true,
			),
		);
		route( 'POST', '/sites/(?P<id>\d+)/backups', answered( array( self::class, 'back_up' ) ), 'manage_sites', $args );
	}

	/**
	 * Goes on with a backup.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function back_up( WP_REST_Request $request ): array {
		$site_id = (int) $request['id'];
		return Job::go_on(
			$request,
			'backups',
			$request['backupId'],
			array(),
			static fn( Job $job, ?array $place ) => ( new self( $job, $site_id ) )->next( $place, $request['uploadUrl'] )
		);
	}

	/**
	 * A call of a backup.
	 *
	 * @param Job $job     The job.
	 * @param int $site_id The site's id.
	 */
	private function __construct( private Job $job, private int $site_id ) {
	}

	/**
	 * Works from a place on, until the time is over.
	 *
	 * @param array|null $place Where to go on; null at the beginning.
	 * @param string     $url   Where the archive is to go.
	 */
	private function next( ?array $place, string $url ): array {
		wp_mkdir_p( $this->job->folder() );
		$path    = $this->job->folder() . '/archive';
		// A file that holds less than was written into it was lost with its machine.
		if ( null === $place || ! is_file( $path ) || filesize( $path ) < $place['offset'] ) {
			$place = array(
				'offset' => 0,
				'table'  => '',
			);
		}
		if ( ! isset( $place['upload'] ) ) {
			$archive = new Archive( $path, is_file( $path ) ? 'r+' : 'w+', $place['offset'] );
			$place   = $this->write( $archive, $place );
			$archive->close();
			// PHP would still tell the size that it had at the beginning of this call.
			clearstatcache( true, $path );
		}
		if ( isset( $place['upload'] ) && $this->job->has_time() ) {
			$this->upload( $path, $url );
			$result = array(
				'bytes'  => filesize( $path ),
				'sha256' => hash_file( 'sha256', $path ),
			);
			return array( 'result' => $result );
		}
		return array(
			'at'       => $place,
			'progress' => isset( $place['table'] ) ? 50 * ( new Tables( $this->site_id ) )->share_before( $place['table'] ) : 75,
		);
	}

	/**
	 * Writes records; the new place.
	 *
	 * @param Archive $archive The archive.
	 * @param array   $place   Where to go on.
	 */
	private function write( Archive $archive, array $place ): array {
		if ( 0 === $place['offset'] ) {
			$archive->write(
				array(
					'format' => Archive::FORMAT,
					'siteId' => $this->site_id,
					'domain' => get_site( $this->site_id )->domain,
				)
			);
		}
		$tables = new Tables( $this->site_id );
		while ( isset( $place['table'] ) && $this->job->has_time() ) {
			$name = isset( $place['after'] ) ? $place['table'] : $tables->behind( $place['table'] );
			if ( null === $name ) {
				$place = array( 'file' => null );
				break;
			}
			if ( ! isset( $place['after'] ) ) {
				$archive->write(
					array(
						'table'      => $name,
						'definition' => $tables->definition( $name ),
					)
				);
			}
			$page = $tables->rows( $name, $place['after'] ?? null, 'options' === $name ? self::VOLATILE : '1 = 1' );
			if ( $page['rows'] ) {
				$archive->write( array( 'in' => $name ), $page['rows'] );
			}
			$place = array_filter(
				array(
					'table' => $name,
					'after' => $page['after'],
				)
			);
		}
		if ( array_key_exists( 'file', $place ) ) {
			$place = $this->write_files( $archive, $place );
		}
		return array( 'offset' => $archive->offset() ) + $place;
	}

	/**
	 * Writes uploads; the new place.
	 *
	 * @param Archive $archive The archive.
	 * @param array   $place   Behind which file, and in which one how far.
	 */
	private function write_files( Archive $archive, array $place ): array {
		$folder = Files::uploads( $this->site_id );
		$after  = $place['file'];
		foreach ( Files::below( $folder, $after ) as $path ) {
			// The file that the last call was in may have been deleted; how far that was says nothing of another one.
			$from = ( $place['path'] ?? null ) === $path ? $place['from'] : 0;
			$file = fopen( "$folder/$path", 'rb' );
			fseek( $file, $from );
			do {
				if ( ! $this->job->has_time() ) {
					fclose( $file );
					return array(
						'file' => $after,
						'path' => $path,
						'from' => $from,
					);
				}
				$bytes = (string) stream_get_contents( $file, self::CHUNK );
				if ( '' !== $bytes || 0 === $from ) {
					$archive->write(
						array(
							'file' => $path,
							'from' => $from,
						),
						array(),
						$bytes
					);
				}
				$from += strlen( $bytes );
			} while ( strlen( $bytes ) === self::CHUNK );
			fclose( $file );
			$after = $path;
		}
		$archive->write( array( 'end' => true ) );
		return array( 'upload' => true );
	}

	/**
	 * Sends the archive away, without ever holding it in memory.
	 *
	 * @param string $path Where it lies.
	 * @param string $url  Where it is to go; a credential, never to be shown.
	 */
	private function upload( string $path, string $url ): void {
		$file = fopen( $path, 'rb' );
		$curl = curl_init( $url );
		curl_setopt_array(
			$curl,
			array(
				CURLOPT_UPLOAD         => true,
				CURLOPT_INFILE         => $file,
				CURLOPT_INFILESIZE     => filesize( $path ),
				CURLOPT_RETURNTRANSFER => true,
				CURLOPT_FAILONERROR    => true,
				CURLOPT_PROXY          => '',
				CURLOPT_CONNECTTIMEOUT => 5,
				CURLOPT_TIMEOUT        => 300,
			)
		);
		$done   = curl_exec( $curl );
		$status = curl_getinfo( $curl, CURLINFO_RESPONSE_CODE );
		curl_close( $curl );
		fclose( $file );
		if ( false === $done ) {
			throw new Refusal( 502, 'bbws_upload_failed', 'The archive could not be uploaded.', array( 'upstreamStatus' => $status ? $status : null ) );
		}
	}
}
