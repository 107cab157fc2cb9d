<?php
/**
 * The route that gives a site a template's content.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

use WP_REST_Request;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.WP.AlternativeFunctions -- a local file is read.

/**
 * Replaces a site's posts and pages by those of a package: JSON, `{"posts": [{"title", "content", "type"?}]}`.
 *
 * The new ones are drafts until all of them are there; then they are published and the others go.
 */
final class Imports {

	private const MARK = '_bbws_import';

	/**
	 * Registers the route.
	 */
	public static function register_routes(): void {
		$args = Job::args( 'importId' ) + array(
			'package' => array(
				'type'       => 'object',
				'required'   => true,
				'properties' => Downloads::package_properties(),
			),
		);
		route( 'POST', '/sites/(?P<id>\d+)/imports', answered( array( self::class, 'import' ) ), 'manage_sites', $args );
	}

	/**
	 * Goes on with an import.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function import( WP_REST_Request $request ): array {
		$package = $request['package'];
		$site_id = (int) $request['id'];
		return Job::go_on(
			$request,
			'imports',
			$request['importId'],
			array( 'sha256' => strtolower( $package['sha256'] ) ),
			static fn( Job $job, ?array $place ) => Site::at( $site_id, static fn() => self::next( $job, $place ?? array( 'post' => 0 ), $package ) )
		);
	}

	/**
	 * Works from a place on, until the time is over. The site is the current one.
	 *
	 * @param Job   $job     The job.
	 * @param array $place   Where to go on.
	 * @param array $package Where the content lies.
	 */
	private static function next( Job $job, array $place, array $package ): array {
		$posts = self::posts( $job, $package );
		$mark  = md5( $job->id );
		while ( $place['post'] < count( $posts ) && $job->has_time() ) {
			self::write( $posts[ $place['post'] ], "$mark:{$place['post']}" );
			++$place['post'];
		}
		if ( $place['post'] < count( $posts ) || ! self::publish( $job, $mark, count( $posts ) ) ) {
			return array(
				'at'       => $place,
				'progress' => 90 * $place['post'] / max( 1, count( $posts ) ),
			);
		}
		return array( 'result' => array() );
	}

	/**
	 * The package's posts.
	 *
	 * @param Job   $job     The job.
	 * @param array $package Where the content lies.
	 * @throws Refusal 422 when it holds no content.
	 */
	private static function posts( Job $job, array $package ): array {
		$path = $job->folder() . '/content.json';
		if ( ! is_file( $path ) ) {
			wp_mkdir_p( $job->folder() );
			Downloads::fetch( $package['url'], $package['sha256'], "$path.part", 'package' );
			rename( "$path.part", $path );
		}
		$content = json_decode( (string) file_get_contents( $path ), true );
		$posts   = is_array( $content ) ? ( $content['posts'] ?? null ) : null;
		$is_post = static fn( $post ) => is_array( $post ) && is_string( $post['title'] ?? null ) && is_string( $post['content'] ?? null )
			&& in_array( $post['type'] ?? 'post', array( 'post', 'page' ), true );
		if ( ! is_array( $posts ) || array_filter( $posts, $is_post ) !== $posts ) {
			Files::remove( $job->folder() );
			throw new Refusal( 422, 'bbws_invalid_package', 'The file is not a content package.' );
		}
		return array_values( $posts );
	}

	/**
	 * Writes a post as a draft, once.
	 *
	 * @param array  $post What it holds.
	 * @param string $mark By which it is known again.
	 */
	private static function write( array $post, string $mark ): void {
		if ( self::marked( $mark ) ) {
			return;
		}
		$written = wp_insert_post(
			wp_slash(
				array(
					'post_title'   => $post['title'],
					'post_content' => $post['content'],
					'post_type'    => $post['type'] ?? 'post',
					'post_status'  => 'draft',
					'meta_input'   => array( self::MARK => $mark ),
				)
			),
			true
		);
		if ( is_wp_error( $written ) ) {
			throw new Refusal( 500, 'bbws_post_not_written', $written->get_error_message() );
		}
	}

	/**
	 * Publishes what was written, then removes everything else; whether there was time for all of it.
	 *
	 * @param Job    $job   The job.
	 * @param string $mark  By which what was written is known.
	 * @param int    $count How many posts that are.
	 */
	private static function publish( Job $job, string $mark, int $count ): bool {
		$new = array();
		for ( $number = 0; $number < $count; $number++ ) {
			$new = array_merge( $new, self::marked( "$mark:$number" ) );
		}
		foreach ( $new as $post_id ) {
			if ( ! $job->has_time() ) {
				return false;
			}
			if ( 'publish' !== get_post_status( $post_id ) ) {
				wp_update_post(
					array(
						'ID'          => $post_id,
						'post_status' => 'publish',
					)
				);
			}
		}
		do {
			$old = self::others( $new );
			foreach ( $old as $post_id ) {
				if ( ! $job->has_time() ) {
					return false;
				}
				wp_delete_post( $post_id, true );
			}
		} while ( $old );
		return true;
	}

	/**
	 * Some of the posts and pages that are not among those that were written; none when there are no more.
	 *
	 * @param int[] $new Those that were written.
	 * @return int[]
	 */
	private static function others( array $new ): array {
		return get_posts(
			array(
				'post_type'   => array( 'post', 'page' ),
				'post_status' => array( 'publish', 'draft', 'pending', 'private', 'future', 'trash', 'auto-draft' ),
				'numberposts' => 100,
				'fields'      => 'ids',
				'exclude'     => $new,
			)
		);
	}

	/**
	 * The posts with a mark.
	 *
	 * @param string $mark The mark.
	 * @return int[]
	 */
	private static function marked( string $mark ): array {
		return get_posts(
			array(
				'post_type'   => array( 'post', 'page' ),
				'post_status' => 'any',
				'numberposts' => 1,
				'fields'      => 'ids',
				'meta_key'    => self::MARK, // phpcs:ignore WordPress.DB.SlowDBQuery -- postmeta has an index on it.
				'meta_value'  => $mark, // phpcs:ignore WordPress.DB.SlowDBQuery -- as above.
			)
		);
	}
}
