<?php
/**
 * The route that copies a site over another one.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

use WP_REST_Request;

defined( 'ABSPATH' ) || exit;

/**
 * Copies tables, uploads and who may work on a site; the copy has its own address everywhere.
 *
 * The address in `guid` is rewritten too: nobody has ever subscribed to the copy, and nothing of it is to point back.
 */
final class Copies {

	/**
	 * Registers the route.
	 */
	public static function register_routes(): void {
		$args = Job::args( 'copyId' ) + array(
			'targetId' => array(
				'type'     => 'integer',
				'required' => true,
			),
		);
		route( 'POST', '/sites/(?P<id>\d+)/copies', answered( array( self::class, 'copy' ) ), 'create_sites', $args );
	}

	/**
	 * Goes on with a copy.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function copy( WP_REST_Request $request ): array {
		$source = Site::get( (int) $request['id'] );
		$target = Site::get( (int) $request['targetId'] );
		if ( $source->id === $target->id ) {
			throw new Refusal( 400, 'bbws_same_site', 'A site cannot be copied over itself.' );
		}
		$addresses = new Addresses( $source->domain, $target->domain, (int) $source->id, (int) $target->id );
		return Job::go_on(
			$request,
			'copies',
			$request['copyId'],
			array( 'targetId' => (int) $target->id ),
			static fn( Job $job, ?array $place ) => ( new self( $job, (int) $source->id, (int) $target->id, $addresses ) )->next( $place ?? array( 'table' => '' ) )
		);
	}

	/**
	 * A call of a copy.
	 *
	 * @param Job       $job       The job.
	 * @param int       $source    The id of the site that is read.
	 * @param int       $target    The id of the site that is written over.
	 * @param Addresses $addresses From one address to the other.
	 */
	private function __construct( private Job $job, private int $source, private int $target, private Addresses $addresses ) {
	}

	/**
	 * Works from a place on, until the time is over.
	 *
	 * @param array $place Where to go on.
	 */
	private function next( array $place ): array {
		if ( isset( $place['table'] ) ) {
			$place = $this->copy_tables( $place );
		}
		if ( array_key_exists( 'file', $place ) && $this->job->has_time() ) {
			$place = $this->copy_files( $place['file'] );
			if ( isset( $place['swap'] ) ) {
				$this->job->commit( $place );
			}
		}
		if ( isset( $place['swap'] ) && $this->job->has_time() ) {
			$this->put_in_place();
			$place = array( 'leaving' => 0 );
			$this->job->commit( $place );
		}
		if ( isset( $place['leaving'] ) || isset( $place['members'] ) ) {
			$place = Members::copy( $this->source, $this->target, $place, array( $this->job, 'has_time' ) );
			if ( null === $place ) {
				return array( 'result' => array() );
			}
			$this->job->commit( $place );
		}
		return array(
			'at'       => $place,
			'progress' => isset( $place['table'] ) ? 60 * ( new Tables( $this->source ) )->share_before( $place['table'] ) : ( array_key_exists( 'file', $place ) ? 80 : 90 ),
		);
	}

	/**
	 * Copies tables; the new place.
	 *
	 * @param array $place Which table, and behind which of its rows; without rows, behind which table.
	 */
	private function copy_tables( array $place ): array {
		$from = new Tables( $this->source );
		$to   = new Tables( $this->target );
		if ( '' === $place['table'] ) {
			$to->forget_new();
		}
		do {
			$name = isset( $place['after'] ) ? $place['table'] : $from->behind( $place['table'] );
			if ( null === $name || ! $this->job->has_time() ) {
				break;
			}
			if ( ! isset( $place['after'] ) ) {
				$to->make_new( $name, $from->definition( $name ) );
			}
			$page = $from->rows( $name, $place['after'] ?? null );
			$to->write_new( $name, array_map( fn( array $row ) => $this->moved( $name, $row ), $page['rows'] ) );
			$place = array_filter(
				array(
					'table' => $name,
					'after' => $page['after'],
				)
			);
		} while ( true );
		if ( null !== $name ) {
			return $place;
		}
		Files::remove( Files::new_uploads( $this->target ) );
		wp_mkdir_p( Files::new_uploads( $this->target ) );
		return array( 'file' => null );
	}

	/**
	 * A row as it is in the copy.
	 *
	 * @param string $table The table's name without the prefix.
	 * @param array  $row   The row by column.
	 */
	private function moved( string $table, array $row ): array {
		global $wpdb;
		if ( 'options' === $table && $wpdb->get_blog_prefix( $this->source ) . 'user_roles' === $row['option_name'] ) {
			$row['option_name'] = $wpdb->get_blog_prefix( $this->target ) . 'user_roles';
		}
		return array_map( fn( $value ) => $this->addresses->rewritten( null === $value ? null : (string) $value ), $row );
	}

	/**
	 * Copies uploads; the new place.
	 *
	 * @param string|null $after The last file that was copied.
	 */
	private function copy_files( ?string $after ): array {
		$from = Files::uploads( $this->source );
		$to   = Files::new_uploads( $this->target );
		foreach ( Files::below( $from, $after ) as $path ) {
			if ( ! $this->job->has_time() ) {
				return array( 'file' => $after );
			}
			Files::copy( "$from/$path", "$to/$path" );
			$after = $path;
		}
		return array( 'swap' => true );
	}

	/**
	 * Puts the copy in the place of what the target had.
	 */
	private function put_in_place(): void {
		$tables = new Tables( $this->target );
		if ( $tables->has_new( 'options' ) ) {
			$new     = $tables->new_full( 'options' );
			$present = $tables->full( 'options' );
			Database::write( "DELETE FROM `$new` WHERE option_name LIKE '\\_transient\\_%' OR option_name LIKE '\\_site\\_transient\\_%' OR option_name IN ('admin_email', 'new_admin_email')" );
			Database::write( "INSERT INTO `$new` (option_name, option_value, autoload) SELECT option_name, option_value, autoload FROM `$present` WHERE option_name = 'admin_email'" );
		}
		$tables->swap();
		Files::swap( $this->target );
		$starter = get_site_meta( $this->source, Site::STARTER, true );
		update_site_meta( $this->target, Site::STARTER, $starter );
	}
}
