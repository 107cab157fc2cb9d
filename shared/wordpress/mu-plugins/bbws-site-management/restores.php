<?php
/**
 * The route that makes a site what an archive holds.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

use WP_REST_Request;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.WP.AlternativeFunctions -- WP_Filesystem reads whole files into memory.

/**
 * Reads an archive into new tables and a new folder, then puts them in place.
 */
final class Restores {

	/**
	 * Registers the route.
	 */
	public static function register_routes(): void {
		$args = Job::args( 'restoreId' ) + array(
			'downloadUrl' => array(
				'type'     => 'string',
				'format'   => 'uri',
				'required' => true,
			),
			'sha256'      => Downloads::sha256(),
		);
		route( 'POST', '/sites/(?P<id>\d+)/restores', answered( array( self::class, 'restore' ) ), 'manage_sites', $args );
	}

	/**
	 * Goes on with a restore.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function restore( WP_REST_Request $request ): array {
		$site_id = (int) $request['id'];
		return Job::go_on(
			$request,
			'restores',
			$request['restoreId'],
			array( 'sha256' => strtolower( $request['sha256'] ) ),
			static fn( Job $job, ?array $place ) => ( new self( $job, $site_id ) )->next( $place, $request )
		);
	}

	/**
	 * A call of a restore.
	 *
	 * @param Job $job     The job.
	 * @param int $site_id The site's id.
	 */
	private function __construct( private Job $job, private int $site_id ) {
	}

	/**
	 * Works from a place on, until the time is over.
	 *
	 * @param array|null      $place   Where to go on; null at the beginning.
	 * @param WP_REST_Request $request The request.
	 */
	private function next( ?array $place, WP_REST_Request $request ): array {
		$path = $this->job->folder() . '/archive';
		if ( null === $place || ( ! isset( $place['swap'] ) && ! is_file( $path ) ) ) {
			$place = $this->begin( $request, $path );
		}
		if ( isset( $place['offset'] ) && $this->job->has_time() ) {
			$place = $this->read( $path, $place );
			if ( isset( $place['swap'] ) ) {
				$this->job->commit( $place );
			}
		}
		if ( isset( $place['swap'] ) && $this->job->has_time() ) {
			$this->put_in_place();
			return array( 'result' => array() );
		}
		return array(
			'at'       => $place,
			'progress' => isset( $place['offset'] ) ? 10 + 80 * $place['offset'] / max( 1, (int) filesize( $path ) ) : 95,
		);
	}

	/**
	 * Fetches the archive, unless a call whose answer was too late for the caller has done so, and clears what an earlier
	 * restore may have left; the first place.
	 *
	 * @param WP_REST_Request $request The request.
	 * @param string          $path    Where the archive is to lie.
	 */
	private function begin( WP_REST_Request $request, string $path ): array {
		wp_mkdir_p( $this->job->folder() );
		if ( ! is_file( $path ) ) {
			try {
				Downloads::fetch( $request['downloadUrl'], $request['sha256'], "$path.part", 'archive' );
			} catch ( Refusal $refusal ) {
				Files::remove( $this->job->folder() );
				throw $refusal;
			}
			// It has this name from here on only, with the right digest: to count a large one's again takes too long.
			Files::move( "$path.part", $path );
		}
		$archive = new Archive( $path, 'r' );
		$head    = $archive->read();
		if ( Archive::FORMAT !== ( $head['format'] ?? null ) ) {
			Files::remove( $this->job->folder() );
			throw Archive::invalid();
		}
		( new Tables( $this->site_id ) )->forget_new();
		Files::remove( Files::new_uploads( $this->site_id ) );
		wp_mkdir_p( Files::new_uploads( $this->site_id ) );
		return array(
			'offset' => $archive->offset(),
			'domain' => $head['domain'],
			'siteId' => $head['siteId'],
		);
	}

	/**
	 * Reads records; the new place.
	 *
	 * @param string $path  The archive.
	 * @param array  $place Where to go on.
	 */
	private function read( string $path, array $place ): array {
		$archive   = new Archive( $path, 'r', $place['offset'] );
		$addresses = new Addresses( $place['domain'], get_site( $this->site_id )->domain, (int) $place['siteId'], $this->site_id );
		$is_own    = (int) $place['siteId'] === $this->site_id && get_site( $this->site_id )->domain === $place['domain'];
		while ( $this->job->has_time() ) {
			$record = $archive->read();
			if ( null === $record ) {
				throw Archive::invalid();
			}
			if ( isset( $record['end'] ) ) {
				$archive->close();
				return array( 'swap' => true );
			}
			$this->take( $record, $is_own ? null : $addresses, (int) $place['siteId'] );
			$place['offset'] = $archive->offset();
		}
		$archive->close();
		return $place;
	}

	/**
	 * Takes over one record.
	 *
	 * @param array          $record    The record.
	 * @param Addresses|null $addresses From the archive's address to the site's, where they differ.
	 * @param int            $from_id   The id of the site that was backed up.
	 */
	private function take( array $record, ?Addresses $addresses, int $from_id ): void {
		global $wpdb;
		$tables = new Tables( $this->site_id );
		if ( isset( $record['table'] ) ) {
			$tables->make_new( self::name( $record['table'] ), $record['definition'] );
		} elseif ( isset( $record['in'] ) ) {
			$rows = $record['rows'];
			if ( null !== $addresses ) {
				$roles = $wpdb->get_blog_prefix( $from_id ) . 'user_roles';
				foreach ( $rows as &$row ) {
					$row = array_map( array( $addresses, 'rewritten' ), $row );
					if ( ( $row['option_name'] ?? null ) === $roles ) {
						$row['option_name'] = $wpdb->get_blog_prefix( $this->site_id ) . 'user_roles';
					}
				}
				unset( $row );
			}
			$tables->write_new( self::name( $record['in'] ), $rows );
		} elseif ( isset( $record['file'] ) ) {
			$this->take_file( $record );
		} else {
			throw Archive::invalid();
		}
	}

	/**
	 * Takes over a piece of a file.
	 *
	 * @param array $record The record.
	 */
	private function take_file( array $record ): void {
		if ( 0 !== validate_file( $record['file'] ) ) {
			throw Archive::invalid();
		}
		Files::write( Files::new_uploads( $this->site_id ) . '/' . $record['file'], (int) $record['from'], $record['bytes'] ?? '' );
	}

	/**
	 * Puts what was read in the place of what the site has; work that is scheduled stays scheduled.
	 */
	private function put_in_place(): void {
		$tables = new Tables( $this->site_id );
		if ( $tables->has_new( 'options' ) ) {
			$new     = $tables->new_full( 'options' );
			$present = $tables->full( 'options' );
			Database::write( "REPLACE INTO `$new` (option_name, option_value, autoload) SELECT option_name, option_value, autoload FROM `$present` WHERE option_name = 'cron'" );
		}
		$tables->swap();
		Files::swap( $this->site_id );
	}

	/**
	 * A table's name that can be no other thing.
	 *
	 * @param mixed $name What the archive says.
	 */
	private static function name( $name ): string {
		if ( ! is_string( $name ) || 1 !== preg_match( '/^[A-Za-z0-9_]{1,60}$/', $name ) ) {
			throw Archive::invalid();
		}
		return $name;
	}
}
